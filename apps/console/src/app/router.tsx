import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { filterOf, searchOf } from '../pages/notifications/filter.ts';
import { AppRoot } from '../shell/app-root.tsx';
import { PageFailed } from '../shell/page-failed.tsx';
import { PageMissing } from '../shell/page-missing.tsx';

const rootRoute = createRootRoute({ component: AppRoot, notFoundComponent: PageMissing });
const getParentRoute = () => rootRoute;

/** An address may say anything; each page reads of it what it knows. */
type Words = Partial<Record<string, string>>;
const words = (search: Words): Words => search;

const routes = [
  createRoute({
    getParentRoute,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/notifications', replace: true });
    },
  }),
  createRoute({
    getParentRoute,
    path: '/overview',
    component: lazyRouteComponent(() => import('../pages/overview/overview-page.tsx'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/notifications',
    validateSearch: (search: Words) => searchOf(filterOf(search)),
    component: lazyRouteComponent(
      () => import('../pages/notifications/notifications-page.tsx'),
      'NotificationsPage',
    ),
  }),
  createRoute({
    getParentRoute,
    path: '/notifications/$uuid',
    component: lazyRouteComponent(
      () => import('../pages/notification/notification-page.tsx'),
      'NotificationPage',
    ),
  }),
  createRoute({
    getParentRoute,
    path: '/guests',
    validateSearch: words,
    component: lazyRouteComponent(() => import('../pages/guests/guests-page.tsx'), 'GuestsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/monitors',
    component: lazyRouteComponent(() => import('../pages/monitors/monitors-page.tsx'), 'MonitorsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/segments',
    component: lazyRouteComponent(() => import('../pages/segments/segments-page.tsx'), 'SegmentsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/segments/$uuid',
    component: lazyRouteComponent(() => import('../pages/segments/segment-page.tsx'), 'SegmentPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/vmoves',
    validateSearch: words,
    component: lazyRouteComponent(() => import('../pages/vmoves/vmoves-page.tsx'), 'VmovesPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/operations',
    component: lazyRouteComponent(() => import('../pages/operations/operations-page.tsx'), 'OperationsPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/operations/$id',
    component: lazyRouteComponent(() => import('../pages/operations/operation-page.tsx'), 'OperationPage'),
  }),
  createRoute({
    getParentRoute,
    path: '/configuration',
    validateSearch: words,
    component: lazyRouteComponent(
      () => import('../pages/configuration/configuration-page.tsx'),
      'ConfigurationPage',
    ),
  }),
  createRoute({
    getParentRoute,
    path: '/audit',
    validateSearch: words,
    component: lazyRouteComponent(() => import('../pages/audit/audit-page.tsx'), 'AuditPage'),
  }),
] as const;

/** Addresses are plain: `?status=new,running`, every value a string. */
export const createConsoleRouter = () =>
  createRouter({
    routeTree: rootRoute.addChildren(routes),
    defaultPreload: 'intent',
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
    parseSearch: text => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: search => {
      const given = Object.entries(search).filter(([, value]) => value !== undefined);
      const text = new URLSearchParams(given as [string, string][]).toString();
      return text === '' ? '' : `?${text}`;
    },
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
